import { expect, test } from 'vitest';
import { FilmIndex } from '../src/search.ts';
import type { Film } from '../src/catalogue.ts';

const film = (title: string, year: number, ...genres: string[]): Film => ({
  id: title,
  title,
  year,
  genres,
  ratings: 1,
  mean: 3,
});
const index = new FilmIndex([
  film('Alien Nation', 1988, 'Crime', 'Sci-Fi'),
  film('Amélie', 2001, 'Comedy', 'Romance'),
  film('Aliens', 1986, 'Horror'),
  film('My Alien', 1990, 'Comedy'),
  film('Alien', 1979, 'Horror', 'Sci-Fi'),
]);
const found = (query: string) => index.search(query).map(({ title }) => title);

test.each([
  ['', ['Alien Nation', 'Amélie', 'Aliens', 'My Alien', 'Alien']],
  ['alien', ['Alien', 'Alien Nation', 'Aliens', 'My Alien']],
  ['  ALIEN na', ['Alien Nation']],
  ['amelie', ['Amélie']],
  ['AMÉLIE', ['Amélie']],
  ['horror', ['Aliens', 'Alien']],
  ['sci-fi alien', ['Alien Nation', 'Alien']],
  ['1986', ['Aliens']],
  ['198', []],
  ['alien 1990', ['My Alien']],
  ['.', ['Alien Nation', 'Amélie', 'Aliens', 'My Alien', 'Alien']],
  ['zzz', []],
])('%j', (query, titles) => {
  expect(found(query)).toEqual(titles);
});
