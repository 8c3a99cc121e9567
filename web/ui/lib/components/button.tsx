import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "class" | "children"> {
  look?: "plain" | "primary" | "danger" | "quiet";
  large?: boolean;
  children: ComponentChildren;
}

export function Button({ look = "plain", large = false, children, ...rest }: ButtonProps) {
  return (
    <button type="button" class={`button button-${look}${large ? " button-large" : ""}`} {...rest}>
      {children}
    </button>
  );
}
