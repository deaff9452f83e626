import { Component } from "@angular/core";
import { films } from "./films";
import { recommendations } from "./watchnext";

@Component({
  selector: "for-you",
  template: `
    @if (forYou.error(); as error) {
      <p role="alert">{{ error }}</p>
    } @else {
      <ul id="for-you">
        @for (entry of forYou.list()?.items; track entry.id) {
          <li>
            {{ entry.item.title }} <small>{{ entry.explanation?.reason?.text }}</small>
            <button (click)="forYou.record({ item: entry.id, type: 'like' })">Like {{ entry.item.title }}</button>
          </li>
        }
      </ul>
    }
  `,
})
export class ForYou {
  readonly forYou = recommendations({ catalog: films }, () => ({ limit: 3, explain: true }));
}
