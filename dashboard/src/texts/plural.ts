/** The forms of a noun. A language has those that `Intl.PluralRules` names for it; `other` is in all of them. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Return a function that writes a number with the form of a noun that a language has for it: "1 slot", "1,234 slots". */
export function pluralIn(language: string): (number: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const format = new Intl.NumberFormat(language);
  return (number, forms) => `${format.format(number)} ${forms[rules.select(number)] ?? forms.other}`;
}
