-- Which single calls went on for the most steps, with the calls that they made?
SELECT sym(address) AS function, first_step, last_step, total_steps, depth, ended
FROM call WHERE kind <> 'start' ORDER BY total_steps DESC, first_step LIMIT 20;
