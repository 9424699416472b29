/** What went well, said in a corner and to screen readers. What went wrong stays on the page: ProblemBar. */
import { Toast, Toaster, ToastTitle, useToastController } from '@fluentui/react-components'
import { useCallback } from 'react'

const toasterId = 'toasts'

export const ToastPlace = () => <Toaster toasterId={toasterId} position="bottom-end" timeout={4000} pauseOnHover />

/** `const toast = useToast()` … `toast('Saved')`. */
export function useToast(): (says: string) => void {
  const { dispatchToast } = useToastController(toasterId)
  return useCallback(
    (says) =>
      dispatchToast(
        <Toast>
          <ToastTitle>{says}</ToastTitle>
        </Toast>,
        { intent: 'success' },
      ),
    [dispatchToast],
  )
}
