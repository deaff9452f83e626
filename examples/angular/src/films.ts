export const films = [
  { id: 1, title: "Heat", genres: ["Crime", "Thriller"], year: 1995 },
  { id: 2, title: "Ronin", genres: ["Crime", "Thriller"], year: 1998 },
  { id: 3, title: "Collateral", genres: ["Crime", "Thriller"], year: 2004 },
  { id: 4, title: "Toy Story", genres: ["Animation", "Comedy"], year: 1995 },
  { id: 5, title: "Paddington", genres: ["Animation", "Comedy"], year: 2014 },
  { id: 6, title: "Up", genres: ["Animation", "Comedy"], year: 2009 },
];
