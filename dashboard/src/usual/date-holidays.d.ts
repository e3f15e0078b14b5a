/** The data of date-holidays, for which the package has no types. */
declare module "date-holidays/data" {
  export const data: { holidays: Record<string, { zones: string[] }> };
}
