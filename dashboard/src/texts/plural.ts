/** The forms of a noun. A language has those that `Intl.PluralRules` names for it; `other` is in all of them. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Return a function that writes a number with the form of a noun that a language has for it: "1 slot", "1,234 slots". */
export function pluralIn(language: string): (number: number, forms: Forms) => string {
  return (number, forms) => {
    const { rules, format } = rulesOf(language);
    return `${format.format(number)} ${forms[rules.select(number)] ?? forms.other}`;
  };
}

const known = new Map<string, { rules: Intl.PluralRules; format: Intl.NumberFormat }>();

/** Return the rules of a language. They are kept, and not created before they are needed: on a phone, it takes long. */
function rulesOf(language: string) {
  const kept = known.get(language) ?? { rules: new Intl.PluralRules(language), format: new Intl.NumberFormat(language) };
  known.set(language, kept);
  return kept;
}
