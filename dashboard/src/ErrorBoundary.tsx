import { Component, Suspense } from "react";
import type { ReactNode } from "react";
import { ErrorMessage } from "./ErrorMessage";
import { resetViews } from "./views";
import { ReadableError } from "./labels";

const UNEXPECTED = new ReadableError(
  "This view can't be shown. Try again; if that doesn't help, save what isn't saved yet, then reload the page.",
);

/** Show an error message in place of a view that throws. The rest of the page and the drafts stay. */
export class ErrorBoundary extends Component<{ children: ReactNode }> {
  override state: { error?: Error; isRetry: boolean } = { isRetry: false };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch() {
    resetViews();
  }

  override render() {
    const { error, isRetry } = this.state;
    if (error) {
      const retry = () => this.setState({ error: undefined, isRetry: true });
      return <ErrorMessage error={error instanceof ReadableError ? error : UNEXPECTED} retry={retry} />;
    }
    return isRetry ? <Suspense fallback={<p>Loading …</p>}>{this.props.children}</Suspense> : this.props.children;
  }
}
