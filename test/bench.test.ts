// The benchmarks' figures that are kept belong to benchmarks that exist; where the last run here fell behind them is printed, and is no failure.
import { expect, test } from 'vitest';
import { benchmarks, keptFigures, lastRun } from '../bench/index.ts';
import { fallen, figuresOf, linesOf, missed, type Row } from '../bench/row.ts';
import { inTurns } from '../bench/turns.ts';

const row = (figure: number, more: Partial<Row> = {}): Row => ({
  name: 'read p50',
  ours: '1 ms',
  figure,
  better: 'less',
  bar: 1.1,
  ...more,
});

test('every figure that is kept is of a benchmark that exists', () => {
  for (const [name, figure] of Object.entries(keptFigures())) {
    expect(Object.keys(benchmarks)).toContain(name.split('/', 1)[0]);
    expect(figure).toBeTypeOf('number');
  }
});

test('a figure is held up to its bar and missed beyond it, whichever side is better', () => {
  expect([1.1, 1.11].map(figure => missed(row(figure)))).toEqual([false, true]);
  expect([0.9, 0.89].map(figure => missed(row(figure, { better: 'more', bar: 0.9 })))).toEqual([false, true]);
  expect(missed(row(Number.NaN))).toBe(true);
  expect(linesOf({ decision: [row(1.11)] })[1]).toEqual([
    'decision/read p50',
    '1 ms',
    '',
    '1.11 ×',
    '',
    'at most 1.1',
    '',
    'MISSED',
  ]);
});

test('what is more than a tenth worse than the figure kept is told, better or a little worse is not', () => {
  const kept = figuresOf({ a: [row(1), row(100, { name: 'rate', better: 'more' })] });
  expect(kept).toEqual({ 'a/read p50': 1, 'a/rate': 100 });
  expect(fallen({ a: [row(1.09), row(92, { name: 'rate', better: 'more' })] }, kept)).toEqual([]);
  expect(fallen({ a: [row(0.5), row(500, { name: 'rate', better: 'more' })] }, kept)).toEqual([]);
  expect(fallen({ a: [row(1.11), row(90, { name: 'rate', better: 'more' })], b: [row(9)] }, kept)).toEqual([
    'a/read p50 was 1 × and is 1.11 ×.',
    'a/rate was 100 × and is 90 ×.',
  ]);
});

test('turns alternate, warming up is not counted, and a round that was disturbed does not decide', async () => {
  const order: string[] = [];
  const turns = await inTurns(['ours', 'beside'], { rounds: 3, pairs: 2, warm: 1 }, async (what, n) => {
    order.push(what);
    if (n < 0) return 1_000;
    return what === 'ours' ? (n < 2 ? 50 : 2) : 1;
  });
  expect(order.slice(2, 6)).toEqual(['ours', 'beside', 'beside', 'ours']);
  expect(turns).toMatchObject({ beside: 1, ratio: 2, ratios: [2, 50], added: 1, addeds: [1, 49] });
});

const behind = fallen(lastRun() ?? {}, keptFigures());
for (const line of behind) process.stdout.write(`bench: ${line}\n`);
