import { Component, Suspense } from "react";
import type { ReactNode } from "react";
import { Trouble } from "./Trouble";
import { forgetFailures } from "./views";
import { Told } from "./labels";

const BROKEN = new Told(
  "Something is wrong with this view. Try again; if that doesn't help, save what isn't saved yet, then reload the page.",
);

/** Keeps what goes wrong in a view to that view: what is around it stays, and with it what isn't saved yet. */
export class Boundary extends Component<{ children: ReactNode }> {
  override state: { error?: Error; isTriedAgain: boolean } = { isTriedAgain: false };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch() {
    forgetFailures();
  }

  override render() {
    const { error, isTriedAgain } = this.state;
    if (error) {
      const again = () => this.setState({ error: undefined, isTriedAgain: true });
      return <Trouble error={error instanceof Told ? error : BROKEN} again={again} />;
    }
    return isTriedAgain ? <Suspense fallback={<p>Loading …</p>}>{this.props.children}</Suspense> : this.props.children;
  }
}
