-- Which exceptions and interrupts were there, where did they strike, and where did they go?
SELECT i.step, i.kind, i.vector, i.error_code, i.cr2, i.rip, sym(h.address) AS handler
FROM interruption i LEFT JOIN step s ON s.id = i.step LEFT JOIN instruction h ON h.id = s.instruction
ORDER BY i.id LIMIT 100;
