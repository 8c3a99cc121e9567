// Where the focus goes when the thing that had it leaves the page.

/** The focus that went with a button goes to the next sensible thing instead of the top of the page. */
export function keepFocus(next: () => HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) next()?.focus();
  });
}

/** The number box, where everything starts. */
export function numberBox(): HTMLElement | null {
  return document.getElementById("number");
}
