import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { HTMLAttributes } from 'preact';

/** The only file that knows the toolkit, which is archived: the day it has to go, this file changes. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextField(),
  );
}

/** What every control has, and what some have. */
interface ControlAttributes extends Omit<HTMLAttributes<HTMLElement>, 'onChange' | 'onInput'> {
  disabled?: boolean | undefined;
  value?: string | undefined;
  /** The element's own `value` or `checked` has changed. */
  onChange?: (event: Event) => void;
  onInput?: (event: Event) => void;
}

interface ButtonAttributes extends ControlAttributes {
  appearance?: 'primary' | 'secondary' | 'icon';
}

interface CheckboxAttributes extends ControlAttributes {
  checked?: boolean;
}

interface OptionAttributes extends ControlAttributes {
  selected?: boolean;
}

interface TextFieldAttributes extends ControlAttributes {
  placeholder?: string;
  size?: number;
}

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': ButtonAttributes;
      'vscode-checkbox': CheckboxAttributes;
      'vscode-dropdown': ControlAttributes;
      'vscode-option': OptionAttributes;
      'vscode-progress-ring': ControlAttributes;
      'vscode-text-field': TextFieldAttributes;
    }
  }
}

/** `value` of the control that an event came from. */
export function textOf(event: Event): string {
  return String((event.currentTarget as HTMLInputElement).value);
}

/** `checked` of the checkbox that an event came from. */
export function checkedOf(event: Event): boolean {
  return (event.currentTarget as HTMLInputElement).checked;
}
