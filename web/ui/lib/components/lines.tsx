/** A place, line by line. */
export function Lines({ lines, large = false }: { lines: readonly string[]; large?: boolean }) {
  return (
    <address class={large ? "lines lines-large" : "lines"}>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </address>
  );
}
