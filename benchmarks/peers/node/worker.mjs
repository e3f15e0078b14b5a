// A worker process that calls a Lambda handler. Usage: node worker.mjs documented|tuned. Protocol: mangum_worker.py.

import { createInterface } from 'node:readline';

const { handler, pool } = await import(`./${process.argv[2]}.mjs`);
const writeLine = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

await pool.query('select 1');
writeLine({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const ms = [];
  let result;
  for (const request of JSON.parse(line).requests) {
    const event = functionUrlEvent(...request);
    const startedAt = process.hrtime.bigint();
    result = await handler(event);
    ms.push(Number(process.hrtime.bigint() - startedAt) / 1e6);
    if (result.statusCode !== 200) {
      process.stderr.write(`${result.statusCode}: ${result.body}\n`);
      process.exit(1);
    }
  }
  writeLine({ ms, last: JSON.parse(result.body) });
}
await pool.end();

// Returns the event of a request, as AWS documents it (payload format 2.0).
function functionUrlEvent(tutorId, startDate, endDate) {
  const host = 'abc123.lambda-url.eu-west-1.on.aws';
  const path = '/get_availability';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: `tutorId=${tutorId}&startDate=${startDate}&endDate=${endDate}`,
    queryStringParameters: { tutorId, startDate, endDate },
    headers: { host, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc123',
      domainName: host,
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.5', userAgent: 'benchmarks' },
      requestId: '4dbeb2a6-25f7-44b5-a8c2-4fbd0f8b9d3f',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:10:00:00 +0000',
      timeEpoch: 1795341600000,
    },
    isBase64Encoded: false,
  };
}
