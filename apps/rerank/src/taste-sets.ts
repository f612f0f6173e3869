/** Films to begin with, as their ids in the catalogue. */
export const tasteSets: Readonly<Record<string, readonly string[]>> = {
  'Space and robots': ['260', '1196', '2571', '541', '1214', '589'],
  Animation: ['1', '4886', '5618', '60069', '3114', '364'],
  Crime: ['296', '858', '1213', '50', '608', '1089'],
  Romance: ['339', '597', '1569', '357', '1721', '2424'],
  'Old masters': ['904', '908', '912', '1252', '1219', '750'],
};
