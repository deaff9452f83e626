import { Component, signal } from "@angular/core";
import { ForYou } from "./for-you";

@Component({
  selector: "app-root",
  imports: [ForYou],
  template: `
    <button id="toggle" (click)="open.set(!open())">{{ open() ? "Close" : "Open" }}</button>
    @if (open()) {
      <for-you />
    }
  `,
})
export class App {
  readonly open = signal(true);
}
