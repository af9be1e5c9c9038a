-- Which functions took the most steps of their own, without those that they called?
SELECT sym(address) AS function, calls, own_steps, total_steps
FROM function_steps ORDER BY own_steps DESC, address < 0, address LIMIT 20;
