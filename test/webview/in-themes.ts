import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { faults } from './harness';
import { still, type Theme, themes } from './tab';

/** The foreground of the last, white, is in figures on its own account as well. */
const inTurn = ['Dark Modern', 'Light Modern', 'Light High Contrast', 'Dark High Contrast'] as const;

/**
 * What axe finds in one theme after the other, with the theme of each.
 * @param page in the first theme that is wanted
 * @param wanted in the order of all
 * @param each is called in every theme
 */
export async function faultsInThemes(
  page: Page,
  wanted: readonly Theme[] = inTurn,
  each: (theme: Theme) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  for (const theme of inTurn.filter((one) => wanted.includes(one))) {
    await changeTheme(page, theme);
    await each(theme);
    found.push(...(await faults(page, theme)).map((fault) => `${theme}: ${fault}`));
  }
  return found;
}

/** Changes classes and tokens in place, as the editor does, until the figures, which have colours in them, follow. */
async function changeTheme(page: Page, theme: Theme): Promise<void> {
  const { classes, tokens } = themes[theme];
  const names = new Set(Object.values(themes).flatMap((one) => Object.keys(one.tokens)));
  const values = [...names].map((name) => [`--vscode-${name}`, new Map(Object.entries(tokens)).get(name) ?? 'initial']);
  const before = await page.evaluate(
    ([classes, values]) => {
      const { style } = document.documentElement;
      const before = getComputedStyle(document.documentElement).getPropertyValue('--vscode-foreground');
      for (const [name = '', value = ''] of values) style.setProperty(name, value);
      document.body.className = classes;
      return before;
    },
    [`${classes} ${still}`, values] as const,
  );
  if (before === tokens.foreground) return;
  const left = () =>
    page.evaluate(
      (colour) => [...document.querySelectorAll('svg')].filter((svg) => svg.outerHTML.includes(colour)).length,
      before,
    );
  await expect.poll(left, { timeout: 20_000 }).toBe(0);
}
