// Package attribution says who made a device, what it is and what is inside,
// with a grade and the evidence for each statement.
//
// It does not know which makers any rule names, and may not import the
// packages that do: who made it must not depend on who is banned.
package attribution
