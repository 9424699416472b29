/** Numbers over time as stacked bars, drawn as SVG; the same as a table for whoever does not see the drawing. */
import { makeStyles, tokens } from '@fluentui/react-components'
import { useId, useState } from 'react'
import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/i18n.ts'
import { useNarrow } from './narrow.ts'
import { text } from './text.ts'

export interface Series {
  readonly id: string
  readonly label: string
  /** A CSS colour; tokens follow the theme. */
  readonly color: string
}

export interface Point {
  /** ISO 8601. */
  readonly at: string
  readonly values: Readonly<Record<string, number>>
}

export interface ChartOrder {
  readonly label: string
  readonly series: readonly Series[]
  readonly points: readonly Point[]
}

const usualWidth = 720
/** About as wide as it is shown there, so that its letters keep their size. */
const narrowWidth = 330
const height = 180
const left = 44
const bottom = 22
const top = 8

const useStyles = makeStyles({
  figure: { margin: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  svg: { width: '100%', height: 'auto', display: 'block' },
  axis: { fill: tokens.colorNeutralForeground2, fontSize: '11px', fontFamily: tokens.fontFamilyBase },
  line: { stroke: tokens.colorNeutralStroke2 },
  legend: { display: 'flex', flexWrap: 'wrap', gap: '4px 16px', fontSize: tokens.fontSizeBase200, minHeight: '20px' },
  key: { display: 'inline-flex', alignItems: 'center', gap: '6px' },
  swatch: { width: '10px', height: '10px', borderRadius: '2px' },
  table: {
    fontSize: tokens.fontSizeBase200,
    borderCollapse: 'collapse',
    '& td, & th': { padding: '2px 10px', textAlign: 'right' },
  },
  scroll: { maxHeight: '240px', overflow: 'auto' },
  summary: { cursor: 'pointer', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
})

export function Chart({ label, series, points }: ChartOrder) {
  const styles = useStyles()
  const say = useText(text)
  const format = useFormat()
  const id = useId()
  const width = useNarrow() ? narrowWidth : usualWidth
  const [over, setOver] = useState<number>()
  const totals = points.map((point) => totalOf(point, series))
  const most = niceCeiling(Math.max(0, ...totals))
  const step = (width - left) / Math.max(1, points.length)
  const y = (value: number) => top + (height - top - bottom) * (1 - value / most)
  const point = over === undefined ? undefined : points[over]
  return (
    <figure className={styles.figure}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={styles.svg}
        role="img"
        aria-labelledby={id}
        onMouseLeave={() => setOver(undefined)}
      >
        <title id={id}>{label}</title>
        {[0, most / 2, most].map((value) => (
          <g key={value}>
            <line x1={left} x2={width} y1={y(value)} y2={y(value)} className={styles.line} />
            <text x={left - 6} y={y(value) + 4} textAnchor="end" className={styles.axis}>
              {format.number(value)}
            </text>
          </g>
        ))}
        {points.map((each, index) => (
          <Bar
            key={each.at}
            point={each}
            series={series}
            x={left + index * step}
            step={step}
            y={y}
            onOver={() => setOver(index)}
          />
        ))}
        {labelled(points.length).map((index) => (
          <text
            key={index}
            x={left + (index + 0.5) * step}
            y={height - 6}
            textAnchor={index === 0 ? 'start' : index === points.length - 1 ? 'end' : 'middle'}
            className={styles.axis}
          >
            {format.time(points[index]?.at ?? '')}
          </text>
        ))}
      </svg>
      <figcaption className={styles.legend}>
        {point && <span>{format.time(point.at)}</span>}
        {series.map(({ id: key, label: name, color }) => (
          <span key={key} className={styles.key}>
            <span className={styles.swatch} style={{ backgroundColor: color }} />
            {name}
            {point && `: ${format.number(point.values[key] ?? 0)}`}
          </span>
        ))}
      </figcaption>
      <details>
        <summary className={styles.summary}>{say('showAsTable')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to */}
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={label}>
          <PointTable series={series} points={points} />
        </div>
      </details>
    </figure>
  )
}

interface BarOrder {
  readonly point: Point
  readonly series: readonly Series[]
  readonly x: number
  readonly step: number
  readonly y: (value: number) => number
  readonly onOver: () => void
}

function Bar({ point, series, x, step, y, onOver }: BarOrder) {
  let below = 0
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only shows numbers that the table has as well
    <g onMouseEnter={onOver}>
      <rect x={x} y={top} width={step} height={height - top - bottom} fill="transparent" />
      {series.map(({ id, color }) => {
        const value = point.values[id] ?? 0
        const from = below
        below += value
        if (value === 0) return null
        return (
          <rect key={id} x={x + step * 0.1} width={step * 0.8} y={y(below)} height={y(from) - y(below)} fill={color} />
        )
      })}
    </g>
  )
}

function PointTable({ series, points }: Omit<ChartOrder, 'label'>) {
  const styles = useStyles()
  const format = useFormat()
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <td />
          {series.map(({ id, label }) => (
            <th key={id} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.at}>
            <th scope="row">{format.time(point.at)}</th>
            {series.map(({ id }) => (
              <td key={id}>{format.number(point.values[id] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const totalOf = ({ values }: Point, series: readonly Series[]) =>
  series.reduce((sum, { id }) => sum + (values[id] ?? 0), 0)

/** The next of 2, 4, 10, 20, 40, 100 …, so that half of it is a whole number. */
function niceCeiling(value: number): number {
  let scale = 1
  for (;;) {
    for (const step of [2, 4, 10]) if (value <= step * scale) return step * scale
    scale *= 10
  }
}

/** First, middle and last. */
const labelled = (count: number) => (count < 3 ? [...Array(count).keys()] : [0, Math.floor(count / 2), count - 1])
