export interface Option {
  id: string;
  label: string;
}

export interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  options: readonly Option[];
  onChoose(id: string): void;
}

/** A labelled list to choose one line from. What is shown is the given value again after a choice that was not taken. */
export function Choice({ id, label, value, options, onChoose }: ChoiceProps) {
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.id} value={option.id} selected={option.id === value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
