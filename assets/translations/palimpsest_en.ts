<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>AskPreview</name>
        <message numerus="yes">
            <source>%n passage(s)</source>
            <translation>
                <numerusform>%n passage</numerusform>
                <numerusform>%n passages</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n segment(s) of the book</source>
            <translation>
                <numerusform>%n segment of the book</numerusform>
                <numerusform>%n segments of the book</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>BookMemories</name>
        <message numerus="yes">
            <source>%n memories</source>
            <translation>
                <numerusform>%n memory</numerusform>
                <numerusform>%n memories</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ContextUsed</name>
        <message numerus="yes">
            <source>Context used: %n passage(s)</source>
            <translation>
                <numerusform>Context used: %n passage</numerusform>
                <numerusform>Context used: %n passages</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n segment(s) of the book</source>
            <translation>
                <numerusform>%n segment of the book</numerusform>
                <numerusform>%n segments of the book</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>DropTarget</name>
        <message numerus="yes">
            <source>Add %n file(s) to the library</source>
            <translation>
                <numerusform>Add %n file to the library</numerusform>
                <numerusform>Add %n files to the library</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Add the books in %n folder(s) to the library</source>
            <translation>
                <numerusform>Add the books in %n folder to the library</numerusform>
                <numerusform>Add the books in %n folders to the library</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n file(s)</source>
            <translation>
                <numerusform>%n file</numerusform>
                <numerusform>%n files</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>the books in %n folder(s)</source>
            <translation>
                <numerusform>the books in %n folder</numerusform>
                <numerusform>the books in %n folders</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ForgetDialog</name>
        <message numerus="yes">
            <source>Forget %n document(s)?</source>
            <translation>
                <numerusform>Forget %n document?</numerusform>
                <numerusform>Forget %n documents?</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>… and %n more</source>
            <translation>
                <numerusform>… and %n more</numerusform>
                <numerusform>… and %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ForgetProof</name>
        <message numerus="yes">
            <source>%n trace(s) found</source>
            <translation>
                <numerusform>%n trace found</numerusform>
                <numerusform>%n traces found</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>HistoryList</name>
        <message numerus="yes">
            <source>%n question(s)</source>
            <translation>
                <numerusform>%n question</numerusform>
                <numerusform>%n questions</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>LibraryPage</name>
        <message numerus="yes">
            <source>%n removed</source>
            <translation>
                <numerusform>%n removed</numerusform>
                <numerusform>%n removed</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n document(s)</source>
            <translation>
                <numerusform>%n document</numerusform>
                <numerusform>%n documents</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ModelLine</name>
        <message numerus="yes">
            <source>%n memories made with it</source>
            <translation>
                <numerusform>%n memory made with it</numerusform>
                <numerusform>%n memories made with it</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ModelsPage</name>
        <message numerus="yes">
            <source>%n memories were made with another model and rest: learn those books again, or go back to that model.</source>
            <translation>
                <numerusform>%n memory was made with another model and rests: learn that book again, or go back to that model.</numerusform>
                <numerusform>%n memories were made with another model and rest: learn those books again, or go back to that model.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>PromptDetails</name>
        <message numerus="yes">
            <source>%n hit(s), {tokens} tokens, {time}</source>
            <translation>
                <numerusform>%n hit, {tokens} tokens, {time}</numerusform>
                <numerusform>%n hits, {tokens} tokens, {time}</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>PromptRemoval</name>
        <message numerus="yes">
            <source>%n prompts are deleted.</source>
            <translation>
                <numerusform>%n prompt is deleted.</numerusform>
                <numerusform>%n prompts are deleted.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TagDialog</name>
        <message numerus="yes">
            <source>Tags of %n document(s)</source>
            <translation>
                <numerusform>Tags of %n document</numerusform>
                <numerusform>Tags of %n documents</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TakingOff</name>
        <message numerus="yes">
            <source>%n trace(s) found in the data folder.</source>
            <translation>
                <numerusform>%n trace found in the data folder.</numerusform>
                <numerusform>%n traces found in the data folder.</numerusform>
            </translation>
        </message>
    </context>
</TS>
