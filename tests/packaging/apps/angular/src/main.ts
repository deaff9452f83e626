import { Component, provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { run } from "../report.js";

@Component({ selector: "app-root", template: "<p>watchnext</p>" })
class App {
  constructor() {
    void run();
  }
}

void bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
