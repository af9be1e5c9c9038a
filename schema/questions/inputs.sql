-- What came from outside: how much of each kind, and from when to when?
SELECT kind, count(*) AS times, min(step) AS first_step, max(step) AS last_step
FROM input GROUP BY kind ORDER BY times DESC, kind;
