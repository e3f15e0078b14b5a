import { Component, Suspense } from "react";
import type { ReactNode } from "react";
import { ErrorMessage } from "./ErrorMessage";
import { forgetUnused } from "./useAnswer";
import { ReadableError } from "./labels";
import { t } from "./texts";

/** Show an error message in place of a view that throws. The rest of the page and the drafts stay. */
export class ErrorBoundary extends Component<{ children: ReactNode; onError?: () => void }> {
  override state: { error?: Error; isRetry: boolean } = { isRetry: false };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch() {
    this.props.onError?.();
  }

  override render() {
    const { error, isRetry } = this.state;
    if (error) {
      const retry = () => {
        forgetUnused(); // the view may have failed because of an answer
        this.setState({ error: undefined, isRetry: true });
      };
      return <ErrorMessage error={error instanceof ReadableError ? error : new ReadableError(t.errors.unexpected)} retry={retry} />;
    }
    return isRetry ? <Suspense fallback={<p>{t.loading}</p>}>{this.props.children}</Suspense> : this.props.children;
  }
}
