-- Which I/O ports were used, how often, and where first?
SELECT hex(port) AS port, direction, size, count(*) AS times, min(step) AS first_step
FROM port_io GROUP BY port, direction, size ORDER BY times DESC, port;
