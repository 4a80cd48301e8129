// What a store must do, in the simplest words there are: two lists and no transactions. Property tests hold stores against it.
import type {
  Answering,
  Holding,
  IntentRow,
  Measure,
  Opened,
  Opening,
  QuestionRow,
  Settling,
} from '../../src/store/store.ts';

export class Model {
  questions: QuestionRow[] = [];
  intents: IntentRow[] = [];
  stop: string | undefined;

  #wentBack(now: number): boolean {
    return [...this.questions, ...this.intents].some(row => now < row.created_at - 60_000);
  }

  ask(
    row: QuestionRow,
    replaces?: string,
    seen?: readonly string[],
  ): { question: QuestionRow; joined: boolean; raced?: IntentRow } | 'failure' {
    const now = row.created_at;
    if (this.#wentBack(now)) return 'failure';
    const newestFirst = this.intents
      .map((intent, n) => ({ intent, n }))
      .filter(({ intent }) => intent.call === row.call)
      .sort((a, b) => b.intent.created_at - a.intent.created_at || b.n - a.n)
      .slice(0, 20);
    const raced = seen && newestFirst.find(({ intent }) => !seen.includes(intent.id))?.intent;
    if (raced) return { question: row, joined: false, raced };
    const old = this.questions.find(one => one.id === replaces);
    if (old && old.call === row.call && (old.state === 'open' || old.state === 'approved'))
      Object.assign(old, { state: 'rejected', channel: 'replaced', decided_at: now, usable_until: null });
    const usable = newest(
      this.questions.filter(
        one =>
          one.digest === row.digest &&
          ((one.state === 'open' && now < one.expires_at) ||
            (one.state === 'approved' && now < (one.usable_until ?? 0))),
      ),
    );
    if (usable) return { question: usable, joined: true };
    const question = { ...row };
    this.questions.push(question);
    return { question, joined: false };
  }

  answer(id: string, by: Answering): { question: QuestionRow; won: boolean } | 'failure' | undefined {
    const question = this.questions.find(one => one.id === id);
    if (!question) return undefined;
    if (this.#wentBack(by.at)) return 'failure';
    if (question.state !== 'open' || by.at >= question.expires_at) return { question, won: false };
    Object.assign(question, {
      state: by.state,
      channel: by.channel,
      decided_at: by.at,
      decided_by: by.by,
      usable_until: by.usable_until,
    });
    return { question, won: true };
  }

  hold(id: string, { by, at, until }: Holding): boolean {
    const question = this.questions.find(one => one.id === id);
    if (question?.state !== 'open' || at >= question.expires_at) return false;
    if (question.page_by !== by && at < (question.page_until ?? 0)) return false;
    Object.assign(question, { page_by: by, page_until: until });
    return true;
  }

  open(opening: Opening): Opened {
    const { intent, approval } = opening;
    const now = intent.created_at;
    if (this.stop !== undefined) return { refused: 'stopped', reason: this.stop };
    if (this.#wentBack(now)) return { refused: 'clock' };

    const question = this.questions.find(one => one.id === approval?.id && one.call === intent.call);
    const consumer = this.intents.find(one => question && one.approval_id === question.id);
    if (consumer) return { refused: 'consumed', intent: consumer };

    const mine = this.intents.filter(one => one.call === intent.call);
    const unsettled = newest(
      mine.filter(one => {
        if (one.outcome === 'pending') return true;
        if (one.outcome === null && now < one.deadline_at) return true;
        const unknown = one.outcome === null || one.outcome === 'unknown';
        return (
          unknown && !opening.stops && one.id !== opening.passes && now < one.deadline_at + opening.unknown_answers_for
        );
      }),
    );
    if (unsettled) return { refused: 'same', intent: unsettled };
    const done = mine
      .filter(one => one.outcome === 'done')
      .sort((a, b) => (b.settled_at ?? 0) - (a.settled_at ?? 0))[0];
    if (done && opening.done_answers_for > 0 && now < (done.settled_at ?? 0) + opening.done_answers_for)
      return { refused: 'same', intent: done };

    const underWay = newest(
      this.intents.filter(
        one =>
          intent.target !== null &&
          one.connection === intent.connection &&
          one.target === intent.target &&
          one.outcome === null &&
          now < one.deadline_at,
      ),
    );
    if (underWay && !opening.stops) return { refused: 'busy', intent: underWay };

    if (approval) {
      const usable =
        question?.state === 'approved' &&
        now < (question.usable_until ?? 0) &&
        question.digest === approval.digest &&
        (question.approver === 'anyone' || ![null, question.principal].includes(question.decided_by));
      if (!usable) return { refused: 'approval' };
    }
    for (const limit of opening.limits) {
      const used = this.used(limit);
      const mine = intent[limit.unit];
      if (mine > 0 && used + mine > limit.most) return { refused: 'budget', limit, used };
    }
    if (approval && question) Object.assign(question, { state: 'consumed', intent_id: intent.id });
    const opened = { ...intent, approval_id: approval?.id ?? null };
    this.intents.push(opened);
    return { opened };
  }

  used({ unit, since, where, uncharged_at }: Measure): number {
    const uncharged = ({ outcome, settled_at, deadline_at }: IntentRow): boolean =>
      uncharged_at === undefined ||
      { pending: Number.POSITIVE_INFINITY, done: settled_at ?? 0, rest: deadline_at }[
        outcome === 'pending' || outcome === 'done' ? outcome : 'rest'
      ] >= uncharged_at;
    return this.intents
      .filter(uncharged)
      .filter(one => one.created_at > since && one.outcome !== 'rejected' && one.outcome !== 'not_sent')
      .filter(one => Object.entries(where).every(([column, value]) => one[column as keyof IntentRow] === value))
      .reduce((sum, one) => sum + one[unit], 0);
  }

  settle(id: string, by: Settling) {
    const intent = this.intents.find(one => one.id === id);
    if (intent && (intent.outcome === null || intent.outcome === 'unknown' || intent.outcome === 'pending'))
      Object.assign(intent, {
        outcome: by.outcome,
        receipt: by.receipt,
        settled_at: by.at,
        credits: by.credits ?? intent.credits,
        people: by.people ?? intent.people,
      });
    return intent;
  }
}

/** The latest by time; of those made in the same millisecond, the one recorded last. */
function newest<Row extends { created_at: number }>(rows: Row[]): Row | undefined {
  return rows.reduce<Row | undefined>(
    (best, row) => (best && best.created_at > row.created_at ? best : row),
    undefined,
  );
}
