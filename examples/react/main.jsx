// Lists in React: a provider that has the recommender, and hooks that are told when there is another list.

import React, { StrictMode, Suspense, useState } from "react";
import { createRoot } from "react-dom/client";
import { WatchnextProvider, useHome, useRecommendations, useRecord } from "watchnext/react";

const films = [
  { id: 1, title: "Heat", genres: ["Crime", "Thriller"], year: 1995 },
  { id: 2, title: "Ronin", genres: ["Crime", "Thriller"], year: 1998 },
  { id: 3, title: "Collateral", genres: ["Crime", "Thriller"], year: 2004 },
  { id: 4, title: "Toy Story", genres: ["Animation", "Comedy"], year: 1995 },
  { id: 5, title: "Paddington", genres: ["Animation", "Comedy"], year: 2014 },
  { id: 6, title: "Up", genres: ["Animation", "Comedy"], year: 2009 },
];
const options = { catalog: films }; // Or addresses: { catalog: "/catalog.json", model: "/model.wnm" }

/** Waits in the next <Suspense> for its first list; later ones take its place when they are there. */
function ForYou() {
  const { items } = useRecommendations({ limit: 3, explain: true, suspense: true });
  const record = useRecord();
  return (
    <ul id="for-you">
      {items.map(({ id, item, explanation }) => (
        <li key={id}>
          {item.title} <small>{explanation?.reason?.text}</small>{" "}
          <button onClick={() => record({ item: id, type: "like" })}>Like {item.title}</button>
        </li>
      ))}
    </ul>
  );
}

function Home() {
  const { rows, error } = useHome({ least: 1 });
  if (error) return <p role="alert">{String(error)}</p>;
  return rows.map(({ key, title, items }) => (
    <section key={key} className="row">
      <h2>{title}</h2>
      <p>{items.map(({ item }) => item.title).join(", ")}</p>
    </section>
  ));
}

function App() {
  const [open, setOpen] = useState(true);
  return (
    <>
      <button id="toggle" onClick={() => setOpen(!open)}>
        {open ? "Close" : "Open"}
      </button>
      {open && (
        <WatchnextProvider options={options}>
          <Suspense fallback={<p>Loading …</p>}>
            <ForYou />
          </Suspense>
          <Home />
        </WatchnextProvider>
      )}
    </>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
