// Loads what is mutated before any test does: what a file computes while it loads is then judged by every test, not by the one that came first.
import { globSync } from 'node:fs';
import { rooms } from './rooms.ts';

for (const file of globSync(rooms)) await import(`../../${file}`);
