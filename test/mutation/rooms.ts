// What decides, asks, remembers and judges: a fault there costs somebody money, so every branch of it is covered and its tests are tested by mutation.
export const rooms = ['src/{policy,approvals,ledger}/**/*.ts', 'src/vendors/classify.ts', 'src/store/refusal.ts'];
