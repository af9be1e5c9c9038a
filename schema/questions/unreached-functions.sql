-- Which functions of the guest never ran?
WITH reached AS (SELECT DISTINCT sym(address) AS place FROM instruction),
  named AS (SELECT CASE WHEN instr(place, '+0x') > 0
    THEN substr(place, 1, instr(place, '+0x') - 1) ELSE place END AS name FROM reached)
SELECT demangle(s.name) AS function, s.address, s.size FROM symbol s
WHERE s.kind = 'function' AND sym(s.address) NOT IN (SELECT name FROM named WHERE name IS NOT NULL)
ORDER BY s.address < 0, s.address;
