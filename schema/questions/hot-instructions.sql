-- Which instructions ran most often?
SELECT i.rip, sym(i.address) AS place, i.text, s.steps, s.first_step, s.last_step
FROM instruction_steps s JOIN instruction i ON i.id = s.instruction
ORDER BY s.steps DESC, i.id LIMIT 20;
