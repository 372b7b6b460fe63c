-- findings.go: what would be prohibited or restricted had the severity of what cannot
-- be told, and was sorted behind what is advised against.
UPDATE finding SET severity = 3 WHERE verdict = 'cannot-tell' AND would_be IN ('prohibited', 'restricted') AND severity < 3;
