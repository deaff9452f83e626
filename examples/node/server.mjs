// A server that answers /recommendations?liked=1,2 with a list. What a viewer likes comes with the request and is kept nowhere.

import { createServer } from "node:http";
import { createRecommender } from "watchnext";

const catalog = [
  { id: 1, title: "Heat", genres: ["Crime", "Drama"], year: 1995 },
  { id: 2, title: "Ronin", genres: ["Crime", "Action"], year: 1998 },
  { id: 3, title: "Collateral", genres: ["Crime", "Thriller"], year: 2004 },
  { id: 4, title: "Paddington", genres: ["Comedy", "Family"], year: 2014 },
];

/** A recommender is one viewer's. @param {string[]} liked */
async function recommend(liked) {
  const recommender = await createRecommender({ catalog });
  try {
    await recommender.record(liked.map((item) => ({ item, type: "like" })));
    return (await recommender.recommend({ limit: 10 })).items;
  } finally {
    await recommender.close();
  }
}

const server = createServer(async (request, response) => {
  const liked = new URL(request.url ?? "/", "http://localhost").searchParams.get("liked")?.split(",") ?? [];
  const items = await recommend(liked);
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(items));
});
server.listen(Number(process.env.PORT ?? 3000));
