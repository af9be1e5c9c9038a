-- Which pages of memory were changed most often?
SELECT hex(gpa >> 12 << 12) AS page, count(*) AS changes, min(step) AS first_step, max(step) AS last_step
FROM memory_write GROUP BY gpa >> 12 ORDER BY changes DESC, gpa >> 12 LIMIT 20;
