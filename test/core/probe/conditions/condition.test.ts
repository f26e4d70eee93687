import { describe, expect, test } from 'vitest';
import { evaluateCondition, validateCondition } from '../../../../core/probe/conditions/condition.ts';

const body = JSON.stringify({
  status: 'UP',
  count: 12,
  big: 1234567,
  user: { name: 'jörg', tags: ['a', 'b'] },
  items: [{ id: 1 }, { id: 2 }],
  none: null,
});
const facts = {
  status: 404,
  ip: '10.0.0.7',
  responseTimeMs: 750.9,
  dnsRcode: 'NOERROR',
  connected: true,
  certificateExpirationMs: 86_400_000,
  body,
};

describe('a condition that holds', () => {
  test.each([
    '[STATUS] == 404',
    '[status] != 200',
    '[STATUS] == 0x194',
    '[STATUS] == any(200, 404)',
    'any(200, 404) == [STATUS]',
    '[STATUS] == pat(4*)',
    '[IP] == pat(10.*)',
    '[RESPONSE_TIME] <= 750',
    '[RESPONSE_TIME] < 1s',
    '[RESPONSE_TIME] > 700.9',
    '[CONNECTED] == true',
    '[DNS_RCODE] == NOERROR',
    '[CERTIFICATE_EXPIRATION] >= 24h',
    '[CERTIFICATE_EXPIRATION] < 1440m30s',
    '[DOMAIN_EXPIRATION] == 0',
    '[BODY].status == UP',
    '[BODY].count > 0b1011',
    '[BODY].count > 013',
    '[BODY].big > 1_234_566',
    '[BODY].items[1].id == 2',
    '[BODY].user.tags == pat(*b*)',
    '[BODY].items == [map[id:1] map[id:2]]',
    '[BODY].items[0] == {"id":1}',
    'len([BODY].items) == 2',
    'len([BODY].user.name) == 5',
    'has([BODY].none) == false',
    'has([BODY].user) == true',
    'len([IP]) == 8',
    'raw == raw',
    '0777 == 511',
    '9223372036854775807 > 9223372036854775806',
  ])('%s', (condition) => {
    expect(evaluateCondition(condition, facts)).toEqual({ success: true, display: condition });
  });
});

describe('a condition that does not hold shows why', () => {
  test.each([
    ['[STATUS] == 200', '[STATUS] (404) == 200'],
    ['[RESPONSE_TIME] < potato', '[RESPONSE_TIME] (750) < potato (0)'],
    ['[CERTIFICATE_EXPIRATION] > 48h', '[CERTIFICATE_EXPIRATION] (24h) > 48h'],
    ['[RESPONSE_TIME] > 10s', '[RESPONSE_TIME] (750) > 10s'],
    ['[RESPONSE_TIME] > 20m', '[RESPONSE_TIME] (750) > 20m'],
    ['[RESPONSE_TIME] > 1.5s', '[RESPONSE_TIME] (750) > 1.5s (1s)'],
    ['[BODY].missing == 1', '[BODY].missing (INVALID) == 1'],
    ['len([BODY].missing) > 1', 'len([BODY].missing) (0) > 1'],
    ['[BODY].count == 13', '[BODY].count (12) == 13'],
    ['[BODY].big == 1', '[BODY].big (1.234567e+06) == 1'],
    ['[BODY].user.name == [BODY].status', '[BODY].user.name (jörg) == [BODY].status (UP)'],
    ['[BODY] == pat(*nothing*)', '[BODY] ({"status":"UP","count":12...(truncated)) == pat(*nothing*)'],
    ['1 == 2', '1 == 2'],
  ])('%s', (condition, display) => {
    expect(evaluateCondition(condition, facts)).toEqual({ success: false, display });
  });

  test('unless it is told not to', () => {
    expect(evaluateCondition('[STATUS] == 200', facts, { hideFailedValues: true }).display).toBe('[STATUS] == 200');
  });
});

test('values of a condition that holds are shown on request', () => {
  expect(evaluateCondition('[STATUS] == 404', facts, { showPassedValues: true }).display).toBe('[STATUS] (404) == 404');
});

test('a value of the context can be compared with', () => {
  const context = { token: 'abc', nested: { limit: 5_000_000 } };
  expect(evaluateCondition('[CONTEXT].token == abc', facts, { context }).success).toBe(true);
  expect(evaluateCondition('[CONTEXT].nested.limit == 5000000', facts, { context }).success).toBe(true);
  expect(evaluateCondition('[CONTEXT].other == abc', facts, { context }).display).toBe('[CONTEXT].other (INVALID) == abc');
});

test.each(['[STATUS]==200', '[STATUS] ? 200', '[STATUS] ==', '[STATUS]', ''])('%j is no condition', (text) => {
  expect(validateCondition(text)).toBe(`invalid condition: ${text}`);
});

test.each(['[STATUS] == 200', 'len([BODY].users) > 3', 'raw == raw'])('%j is a condition', (text) => {
  expect(validateCondition(text)).toBeNull();
});

describe('a hostile body', () => {
  test('nested without end is invalid and exhausts no stack', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(evaluateCondition('[BODY].a == x', { body: deep }).display).toBe('[BODY].a (INVALID) == x');
  });

  test('of spaces takes no more than linear time to trim', () => {
    const spaces = ' '.repeat(1_000_000);
    expect(evaluateCondition('len([BODY]) == 2', { body: `${spaces}x${spaces}y${spaces}` }).success).toBe(false);
    expect(evaluateCondition('[BODY] == x', { body: `${spaces}x${spaces}` }).success).toBe(true);
  });

  test('with keys of the object prototype has only what it says', () => {
    expect(evaluateCondition('has([BODY].constructor) == false', { body: '{}' }).success).toBe(true);
    expect(evaluateCondition('[BODY].__proto__ == 1', { body: '{"__proto__":1}' }).success).toBe(true);
  });
});
