/** Points of a drawn circle. */
const CORNERS = 180;

/** The edge of the unit disc and circles within it about its centre, each as the places along it. */
export function circlesOf(rings: readonly number[]): (readonly [number, number])[][] {
  return [1, ...rings].map((radius) =>
    Array.from({ length: CORNERS + 1 }, (_, k) => {
      const angle = (2 * Math.PI * k) / CORNERS;
      return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
    }),
  );
}
