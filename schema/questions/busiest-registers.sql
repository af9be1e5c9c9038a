-- Which registers changed most often?
SELECT r.name AS register, count(*) AS changes, max(w.step) AS last_step
FROM register_write w JOIN register r ON r.id = w.register WHERE w.step >= 0
GROUP BY r.id ORDER BY changes DESC, r.id LIMIT 20;
