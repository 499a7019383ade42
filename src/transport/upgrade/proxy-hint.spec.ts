import { expect, it } from 'vitest';
import { ProxyHint } from './proxy-hint.js';

function rig() {
  const said: string[] = [];
  const clock = { now: 0 };
  return {
    said,
    clock,
    hint: new ProxyHint(
      (address) => said.push(address),
      () => clock.now,
    ),
  };
}

it('the proxy hint names the address that most rejections come from and that sends X-Forwarded-For', () => {
  const { said, hint } = rig();
  for (let count = 0; count < 10; count += 1)
    hint.refused(count % 3 === 0 ? `192.0.2.${count}` : '10.0.0.7', count % 3 !== 0);
  expect(said).toEqual(['10.0.0.7']);
});

it('the proxy hint is logged at most once a minute', () => {
  const { said, clock, hint } = rig();
  for (let count = 0; count < 1000; count += 1) hint.refused('10.0.0.7', true);
  expect(said).toHaveLength(1);
  clock.now += 60_000;
  for (let count = 0; count < 10; count += 1) hint.refused('10.0.0.7', true);
  expect(said).toHaveLength(2);
});

it('the proxy hint is not logged for a few rejections', () => {
  const { said, hint } = rig();
  for (let count = 0; count < 9; count += 1) hint.refused('10.0.0.7', true);
  expect(said).toEqual([]);
});

it('the proxy hint is not logged for clients without X-Forwarded-For', () => {
  const { said, hint } = rig();
  for (let count = 0; count < 1000; count += 1) hint.refused('192.0.2.1', false);
  expect(said).toEqual([]);
});
