// A form of one field that sends what was typed, says so while it does, and why it could not.

import { CommandRefused } from "./commands.js";
import { Component, html } from "./vendor/htm-preact.js";

export class Asking extends Component {
  state = { typed: "", isBusy: false, problem: null };

  async submit(event) {
    event.preventDefault();
    const typed = this.state.typed.trim();
    if (!typed || this.state.isBusy) return;
    this.setState({ isBusy: true, problem: null });
    try {
      await this.props.onSend(typed);
      this.setState({ typed: "", isBusy: false });
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      this.setState({ isBusy: false, problem: error.message });
    }
  }

  render({ id, label, button, hint, max }, { typed, isBusy, problem }) {
    return html`<form class="asking" onSubmit=${(event) => void this.submit(event)}>
      <label class="unseen" for=${id}>${label}</label>
      <input id=${id} value=${typed} placeholder=${hint} maxlength=${max} autocomplete="off"
        disabled=${isBusy} onInput=${(event) => this.setState({ typed: event.target.value })} />
      <button type="submit" class="dismiss" disabled=${isBusy || !typed.trim()}>${button}</button>
      ${problem && html`<p class="problem" role="alert">Not sent: ${problem}.</p>`}
    </form>`;
  }
}
