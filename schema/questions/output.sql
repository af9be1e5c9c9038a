-- What did the guest print, on COM1 and the debug consoles?
SELECT p.port, count(*) AS writes, group_concat(CAST(p.data AS TEXT), '') AS text
FROM (SELECT port, data FROM port_io
  WHERE direction = 'out' AND port IN (0x3f8, 0xe9, 0x402) ORDER BY id) p
GROUP BY p.port ORDER BY p.port;
