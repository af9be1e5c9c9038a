-- Which addresses outside of memory were accessed, how often, and where first?
SELECT gpa, direction, size, count(*) AS times, min(step) AS first_step
FROM mmio GROUP BY gpa, direction, size ORDER BY times DESC, gpa;
