import { createRoot } from 'react-dom/client'
import './base.css'
import { App } from './app.tsx'
import { takeOfferedToken } from './shell/offered-token.ts'

// before anything else may look at the address
takeOfferedToken()
const place = document.getElementById('portal')
if (place) createRoot(place).render(<App />)
