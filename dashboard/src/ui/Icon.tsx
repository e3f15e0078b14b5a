const PATHS = {
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20",
  calendar: "M4 6.5h16V20H4ZM4 10.5h16M8 4v4m8-4v4",
  lessons: "M5 5h14v15H5ZM9 10h6m-6 4h6",
  repeat: "M5 11a7 7 0 0 1 12-4l2 2m0-5v5h-5M19 13a7 7 0 0 1-12 4l-2-2m0 5v-5h5",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12.5V12l3 2",
  chart: "M5 20v-6m5 6V9m5 11v-8m5 8V5",
  eye: "M2.5 12C5 7.5 8.5 6 12 6s7 1.5 9.5 6c-2.5 4.5-6 6-9.5 6s-7-1.5-9.5-6Zm9.5 2.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  grid: "M4 4h7v7H4Zm9 0h7v7h-7ZM4 13h7v7H4Zm9 0h7v7h-7Z",
  ask: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm-2.4-9.8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.7m0 2.4v.1",
  link: "M10.3 13.7a3.6 3.6 0 0 0 5.1 0l2.9-2.9a3.6 3.6 0 0 0-5.1-5.1l-1 1m1.5 3.6a3.6 3.6 0 0 0-5.1 0l-2.9 2.9a3.6 3.6 0 0 0 5.1 5.1l1-1",
  check: "M5.5 12.5l4 4 9-9.5",
  back: "M14.5 6l-6 6 6 6",
  forward: "M9.5 6l6 6-6 6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8c.8-3.5 3.5-5.5 7.5-5.5s6.7 2 7.5 5.5",
  globe: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM4 12h16M12 4c2.7 2.5 3.4 5 3.4 8s-.7 5.5-3.4 8c-2.7-2.5-3.4-5-3.4-8s.7-5.5 3.4-8Z",
  earlier: "m14 6-6 6 6 6",
  later: "m10 6 6 6-6 6",
  done: "m5 12.5 4.5 4.5L19 7",
};

export type IconName = keyof typeof PATHS;

/** The icons that point to what was before or comes after: from right to left, they point to the other side. */
const DIRECTED: readonly IconName[] = ["back", "forward", "earlier", "later"];

/** A picture beside a text that says the same. Screen readers leave it out. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={DIRECTED.includes(name) ? "i directed" : "i"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
