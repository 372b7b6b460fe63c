// Package egress says who each device talks to: by which name, where that
// address stands, who controls it, what for, and whether video goes there.
//
// It adds flows up into conversations, one device and one far end, and keeps
// two facts apart that are often taken for one: the country a server stands in,
// and the company that controls it with that company's own jurisdiction. A
// network run by a cloud provider says nothing of the controller. It reads no
// payload, judges no rule, and says "unknown" where nothing shows.
package egress
