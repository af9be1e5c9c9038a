-- Where was the call stack at its deepest?
SELECT depth, sym(address) AS function, first_step, last_step
FROM call ORDER BY depth DESC, first_step LIMIT 20;
