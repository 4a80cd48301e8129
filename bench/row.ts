// One figure of a benchmark beside its bar: what every bench/NAME.ts gives back, and how it is judged, compared and printed.

export interface Row {
  /** Such as "read p50"; with the benchmark's name in front of it, the key in ratios.json. */
  name: string;
  /** What ours took, and what stands beside it, both with their units. */
  ours: string;
  beside?: string;
  /** What the bar judges: ours ÷ beside, unless `unit` names another unit. */
  figure: number;
  unit?: string;
  better: 'less' | 'more';
  /** What must hold, and what we would like. */
  bar?: number;
  aim?: number;
  /** The lowest and the highest of the rounds that `figure` is the median of. */
  spread?: readonly [number, number];
}

/** Rows by benchmark. */
export type Results = Record<string, Row[]>;

export const missed = ({ figure, better, bar }: Row): boolean =>
  bar !== undefined && !(better === 'less' ? figure <= bar : figure >= bar);

const short = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
};

const cells = (of: string, row: Row): string[] => {
  const unit = row.unit ?? '×';
  const mark = (value?: number): string =>
    value === undefined ? '' : `${row.better === 'less' ? 'at most' : 'at least'} ${short(value)}`;
  return [
    `${of}/${row.name}`,
    row.ours,
    row.beside ?? '',
    `${short(row.figure)} ${unit}`,
    row.spread ? `${short(row.spread[0])} to ${short(row.spread[1])}` : '',
    mark(row.bar),
    mark(row.aim),
    row.bar === undefined ? '' : missed(row) ? 'MISSED' : 'held',
  ];
};

/** The lines of one table over all of them, with its heading. */
export const linesOf = (results: Results): string[][] => [
  ['', 'ours', 'beside it', 'figure', 'rounds', 'bar', 'aim', ''],
  ...Object.entries(results).flatMap(([of, rows]) => rows.map(row => cells(of, row))),
];

/** What ratios.json holds: the figure of each row, by benchmark and name. */
export type Figures = Record<string, number>;

export const figuresOf = (results: Results): Figures =>
  Object.fromEntries(
    Object.entries(results).flatMap(([of, rows]) =>
      rows.map(({ name, figure }) => [`${of}/${name}`, Number(figure.toPrecision(3))]),
    ),
  );

/** A sentence for each row that is more than a tenth worse than the figure kept of it. */
export const fallen = (results: Results, kept: Figures): string[] =>
  Object.entries(results).flatMap(([of, rows]) =>
    rows.flatMap(({ name, figure, better, unit = '×' }) => {
      const was = kept[`${of}/${name}`];
      if (was === undefined || (better === 'less' ? figure <= was * 1.1 : figure >= was / 1.1)) return [];
      return `${of}/${name} was ${short(was)} ${unit} and is ${short(figure)} ${unit}.`;
    }),
  );
