-- Where did the guest change its own code: which addresses held several instructions?
SELECT i.rip, sym(i.address) AS place, i.text, min(s.id) AS first_step, count(*) AS times
FROM instruction i JOIN step s ON s.instruction = i.id
WHERE (i.address, i.mode) IN
  (SELECT address, mode FROM instruction GROUP BY address, mode HAVING count(*) > 1)
GROUP BY i.id ORDER BY i.address < 0, i.address, first_step;
