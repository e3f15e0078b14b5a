/**
 * Return a result that is the first page with `await`, and the items of all pages with `for await`. The first page is
 * requested immediately, each other page when the loop reaches it.
 */
export function paged<Page extends { readonly nextCursor: string | null }, Item>(
  readPage: (cursor?: string) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
  cursor?: string,
): Promise<Page> & AsyncIterable<Item> {
  const first = readPage(cursor);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      for (let page = await first; ; page = await readPage(page.nextCursor)) {
        yield* itemsOf(page);
        if (page.nextCursor === null) {
          return;
        }
      }
    },
  });
}
