// What axe finds on a page as it stands: the rules of WCAG that a program can tell, and the best practices beside them.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Every finding, whatever its weight: the rule and the elements it is about. Evaluated from outside, so that the page's own policy stands. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html).join(' ')}`);
}
