// Scorers fail in the moment in which the engine stops the first of them: what they say then is for nobody. Served as the page's worker script.

const channel = new BroadcastChannel("late");
if (self.name === "watchnext-engine") {
  const { terminate } = Worker.prototype;
  Worker.prototype.terminate = function () {
    Worker.prototype.terminate = terminate;
    channel.postMessage("fail");
    // They do so meanwhile; the engine hears of it when it has stopped them.
    const until = performance.now() + 300;
    while (performance.now() < until);
    this.terminate();
  };
} else {
  channel.onmessage = () => {
    throw new Error("planted: late");
  };
}
import(/** @type {string} */ ("/dist/real-worker.js"));
