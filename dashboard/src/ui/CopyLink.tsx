import { useState } from "react";
import { t } from "../texts";
import { Icon } from "./Icon";

/** Copy the address of a page; return whether the browser allows it. */
export async function copyLink(href: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(new URL(href, document.baseURI).href);
    return true;
  } catch {
    return false;
  }
}

/** A button that copies the address of the page. */
export function CopyLink() {
  const [message, setMessage] = useState("");
  return (
    <>
      <button
        type="button"
        className="quiet"
        onClick={() => void copyLink(location.href).then((isCopied) => setMessage(isCopied ? t.why.copied : t.why.notCopied))}
      >
        <Icon name="link" />
        {t.why.copyLink}
      </button>
      <span role="status" className="copied">
        {message}
      </span>
    </>
  );
}
